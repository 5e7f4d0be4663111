"""From a recorded session to proposals: engines, and the checks on whatever they draft."""
