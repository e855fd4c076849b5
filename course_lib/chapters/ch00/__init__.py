"""What chapter 00, Start here, needs for itself."""
