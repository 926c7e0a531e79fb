"""Astrocytes at work beside navigation: working memory, and the measures of two time scales.

================== ====================================================
`working_memory`   a pattern kept by facilitation, and what else keeps one
`measures`         two time scales in figures: recall, spikes, ratios
`robustness`       navigation under change of its parameters
`picture`          accuracy and spikes against delay
================== ====================================================
"""
