"""Actions that a quality record asks for: who does what until when, and what shows that it is done."""
