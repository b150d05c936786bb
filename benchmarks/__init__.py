"""This project beside its peers on the same work; ``python -m benchmarks`` runs them."""
