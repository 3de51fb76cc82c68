"""Trail, recorder, detectors, alarms, account defaults."""
