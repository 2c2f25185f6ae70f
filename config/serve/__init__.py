"""What `make run` (config/run.py) and the tests share: processes that never outlive us, and the embedded broker."""
