"""What chapter 11, Results, caching, transactions, needs for itself."""
