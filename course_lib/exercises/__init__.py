"""The checks of the exercises, a module for each chapter: ``ch01`` holds 01.1, 01.2, …"""
