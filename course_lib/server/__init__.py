"""One local Prefect server of a learner, and its workers: environment, processes, life cycle."""
