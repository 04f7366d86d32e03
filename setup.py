"""The optional compiled scan of the matcher; everything else about the package stands in pyproject.toml.

Where there is no compiler the extension is left out and the plain Python scan answers the same.
"""

import platform
import sys
from pathlib import Path

from setuptools import Extension, setup

FLAGS = (
    ["/O2", "/std:c++17", "/fp:precise"]
    if sys.platform == "win32"
    else ["-O3", "-std=c++17", "-ffp-contract=off", "-fvisibility=hidden"]
)
if platform.machine() == "x86_64" and sys.platform != "win32":
    FLAGS.append("-mpopcnt")  # every such processor since 2008 counts bits in one step

setup(
    ext_modules=[
        Extension(
            "ringfence.matching._kernel",
            ["src/ringfence/matching/_kernel.cpp"],
            depends=sorted(str(path) for path in Path("src/ringfence/matching/native").glob("*.hpp")),
            extra_compile_args=FLAGS,
            language="c++",
            optional=True,
        )
    ]
)
