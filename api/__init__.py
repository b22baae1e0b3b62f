"""The edge: HTTP, pages, settings, processes, jobs and the command line.

The only package that knows HTTP and reads the environment. It holds no domain rule: a route
parses, authorises, calls one service and answers.
"""
