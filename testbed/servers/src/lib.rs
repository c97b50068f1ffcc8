//! Real servers on loopback for tests: PostgreSQL, S3 with checked signatures, git over https and ssh.
