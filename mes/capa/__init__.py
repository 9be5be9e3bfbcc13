"""Corrective and preventive action (GMP 2010, articles 252 to 254), closed only by a check that it worked."""
