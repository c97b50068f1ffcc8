module testbed/supervisor

go 1.26.0
