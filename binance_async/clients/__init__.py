"""What a user holds of a family: its calls and its live parts."""
