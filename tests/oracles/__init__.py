"""What the product computes, computed again from the prose that describes it: slowly, one reading at a time.

Nothing here imports the product or numpy, so a mistake must be made twice to stay unseen.
"""
