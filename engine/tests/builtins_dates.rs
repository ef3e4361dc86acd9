//! `Date.parse`: what it reads besides the format of the standard.

mod metered;

use metered::assert_value;

#[test]
fn what_a_date_shows_is_read_again() {
    for (text, expected) in [
        ("Thu Jan 01 1970 00:00:00 GMT+0000", "0"),
        ("Tue Feb 29 2000 23:59:59 GMT-0130", "951874199000"),
        ("Sat Jun 15 -0044 01:02:03 GMT+0000", "-63541407477000"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "0"),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "946684799000"),
        ("Mon, 31 Dec 1999 23:59:59 GMT", "946684799000"),
        ("Sun, 01 Jan +012345 00:00:00 GMT", "327403382400000"),
    ] {
        assert_value(&format!("Date.parse('{text}') - ({expected})"), "0");
    }
    let there_and_back = "[0, 1, -1, 951782400, -62198755200, 253402300799].every(s => {
        const d = new Date(s * 1000)
        return Date.parse(d.toString()) === +d && Date.parse(d.toUTCString()) === +d
    })";
    assert_value(there_and_back, "true");
}

#[test]
fn what_no_date_shows_is_not_read() {
    for text in [
        "Thu Jan 01 1970 00:00:00 GMT",
        "Thu Jan 1 1970 00:00:00 GMT+0000",
        "Thu Jan 32 1970 00:00:00 GMT+0000",
        "Thu Feb 29 1900 00:00:00 GMT+0000",
        "thu Jan 01 1970 00:00:00 GMT+0000",
        "Thu Jan 01 1970 24:00:00 GMT+0000",
        "Thu Jan 01 1970 00:00:60 GMT+0000",
        "Thu Jan 01 1970 00:00:00 GMT+2600",
        "Thu Jan 01 1970 00:00:00 GMT+0060",
        "Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)",
        "Thu Jan 01 19700 00:00:00 GMT+0000",
        "Thu, 01 Jan 1970 00:00:00 GMT+0000",
        "Thu, 01 Jan 1970 00:00:00",
    ] {
        assert_value(&format!("Date.parse('{text}')"), "NaN");
    }
}
