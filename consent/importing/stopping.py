"""Why a whole file is not imported: a code, an English sentence, and where it went wrong."""

from typing import Any, Final

SENTENCES: Final = {
    "no_rows": "The file holds no rows.",
    "encoding_undecided": "The file does not say how its letters are written. "
    "Choose the reading below that looks right.",
    "undecodable": "Byte {byte_offset} of the file can not be read in this encoding.",
    "delimiter_undecided": "Two characters could separate the columns. Choose the right one.",
    "duplicate_header": "Two columns have the same name: {name}. Rename one in the file.",
    "too_many_columns": "The file has more than {limit} columns.",
    "header_name_too_long": "A column name is longer than {limit} characters.",
    "field_chosen_twice": "{name} is chosen for two columns.",
    "no_addresses": "No column of the file holds email addresses.",
    "no_email_column": "No column is chosen for the email address.",
    "unterminated_quote": "A quote that opens in line {line} is never closed.",
    "bad_rows": "Some rows can not be read, and skipping bad rows was not chosen.",
    "no_workbook": "This is no Excel workbook that can be read. Save it as .xlsx or as CSV.",
    "old_workbook": "This is an old Excel file, or one with a password. Save it as .xlsx without "
    "a password, or as CSV.",
    "workbook_too_large": "An Excel file may hold {limit} rows. Save a larger one as CSV.",
    "too_large": "The file is larger than {limit} MB.",
}


class Stopped(Exception):
    """Nothing is imported; `code` is one of SENTENCES, `details` say where."""

    def __init__(self, code: str, **details: Any) -> None:
        self.code = code
        self.details = details
        self.sentence = SENTENCES[code].format_map(details)
        super().__init__(self.sentence)
