"""What chapter 02, Flows, needs for itself."""
