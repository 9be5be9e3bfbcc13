"""Episodes, excursions and deviations: what was out of its limits, which lots that touched, and what QA decided."""
