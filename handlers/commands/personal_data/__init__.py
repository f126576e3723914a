"""What is stored of one person: exported or erased when two others agree."""
