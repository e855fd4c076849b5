"""What chapter 01, Tasks, needs for itself."""
