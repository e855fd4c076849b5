"""The ``course`` command: JupyterLab in the learner's folder, a doctor, the way back to a fresh chapter."""
