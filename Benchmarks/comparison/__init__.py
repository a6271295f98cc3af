"""What `Benchmarks/peers` is made of: data sets, exact answers, environments, libraries, measuring, and reports."""
