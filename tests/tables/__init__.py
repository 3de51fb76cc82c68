"""What happens when: each row generates a test, and together with what the tests saw the page docs/faults.md."""
