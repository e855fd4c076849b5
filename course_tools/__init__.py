"""For those who make and teach the course."""
