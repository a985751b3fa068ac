// The page of a score shows tables only.
