"""What is said where duty changes hands, where somebody stands in, and where those called give no sign."""
