"""Exercises: the engine, what checks are made of, and what the learner has solved."""
