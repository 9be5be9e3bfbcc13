"""What differed from the master record while a batch was made: each is said, commented, and judged by QA."""
