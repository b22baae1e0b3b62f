"""Who people are to the service: accounts, devices, sign-in and what each role may do."""
