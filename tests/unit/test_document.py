"""The generated pages: current, complete, and true."""

import re
import shutil
import subprocess

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from golden.arch import document
from golden.arch.commands import Fault, Opcode, Tag
from golden.arch.frames import FRAME_MAX, Kind, crc, parse_frame
from golden.arch.params import CoreParams
from golden.arch.registers import REGISTERS
from golden.arch.windows import WINDOWS, Window


@pytest.mark.parametrize("name", document.PAGES)
def test_page_is_current(name):
    committed = (document.DOCS / name).read_text(encoding="utf-8")
    assert committed == document.PAGES[name](), "run: python -m golden.arch.document"


def test_pages_tell_everything():
    text = document.protocol() + document.registers()
    names = [member.name for kind in (Kind, Opcode, Tag, Fault, Window) for member in kind]
    names += [register.name for register in REGISTERS]
    names += [f"*{spec.record.name}*" for spec in WINDOWS.values()]
    assert [name for name in names if not re.search(re.escape(name) + r"\b|\|" + re.escape(name),
                                                    text)] == []
    assert "{" not in re.sub(r"```c.*?```", "", text, flags=re.DOTALL)


@given(st.binary(max_size=FRAME_MAX))
def test_stuffing_is_cobs(frame):
    assert document.stuff(frame) == cobs.encode(frame) + b"\0"


def test_session_is_of_good_frames():
    for _, frame in document.session(CoreParams()):
        parse_frame(frame)


PROGRAM = """
#include <stdint.h>
#include <stdio.h>
%s
int main(void) {
    uint8_t frame[250], line[252];
    size_t size = fread(frame, 1, sizeof frame, stdin);
    uint16_t crc = crc16(frame, size);
    uint8_t sum[2] = {(uint8_t)(crc >> 8), (uint8_t)crc};
    fwrite(sum, 1, 2, stdout);
    fwrite(line, 1, stuff(frame, size, line), stdout);
}
"""


def test_code_in_c_is_right(tmp_path):
    compiler = shutil.which("g++")
    assert compiler
    code = "".join(re.findall(r"```c\n(.*?)```", document.protocol(), flags=re.DOTALL))
    source = tmp_path / "program.cc"
    source.write_text(PROGRAM % code)
    program = tmp_path / "program"
    subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
    for frame in (b"", b"\0", b"123456789", bytes(FRAME_MAX), b"\1" * FRAME_MAX,
                  bytes(range(FRAME_MAX)), b"ab\0\0c\0"):
        out = subprocess.run([program], input=frame, capture_output=True, check=True).stdout
        assert out == crc(frame).to_bytes(2, "big") + cobs.encode(frame) + b"\0"
