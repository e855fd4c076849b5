#!/bin/bash
# prefect agent start: a comment
export PREFECT_ORION_API_HOST=loopback  # -> old-variables
pip install prefect agent
prefect orion start &  # -> cli-orion
nohup prefect agent start -q default > agent.log 2>&1  # -> cli-agent
cd flows && prefect --no-prompt deployment build prefect_2.py:morning -n daily  # -> cli-deployment-build
.venv/bin/python -m prefect deployment apply daily.yaml; echo "it's done"  # -> cli-deployment-build
prefect deployment set-schedule morning/daily --cron "0 8 * * *"  # -> cli-deployment-schedule
prefect deployment schedule pause morning/daily
prefect register --project shops  # -> cli-register
prefect project init  # -> cli-project
prefect worker start --pool agent
prefect deployment run morning/daily
prefect server start
echo prefect run
PREFECT__LOGGING__LEVEL=DEBUG prefect version  # -> old-variables
