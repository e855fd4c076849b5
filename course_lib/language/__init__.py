"""In which language the learner reads the course, and what each text is in that language."""
