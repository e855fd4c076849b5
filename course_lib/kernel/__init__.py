"""A notebook kernel's link to that server: which runs it began, short tracebacks."""
