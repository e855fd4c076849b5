"""A class: JupyterHub, and who has solved what."""
