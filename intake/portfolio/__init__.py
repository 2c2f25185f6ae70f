"""The portfolio file `standstill/portfolio/1`: a whole register in and out (docs/portfolio-format.md)."""

FORMAT = "standstill/portfolio/1"
