"""Materials of a batch: checked, weighed, issued, returned, and closed line by line."""
