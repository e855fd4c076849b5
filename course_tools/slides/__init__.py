"""Decks for teachers, derived from the masters."""
