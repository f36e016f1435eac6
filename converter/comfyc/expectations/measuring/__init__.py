"""What a file is and how large and long: read from its header, without decoding it.

kinds       what the bytes are, and whether that is a picture, a video or a sound
pictures    width and height of pictures
videos      width, height and duration of videos
sounds      duration of sounds
files       all of this in one call
"""
