"""Maps drawn on this side: no tiles, no script.

frames    a piece of the earth on a sheet: where a point stands on it, which point stands where
outlines  areas as paths of a sheet, with what lies in them
spots     open cases on a sheet, those that lie close together as one
"""
