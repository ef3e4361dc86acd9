//! Reads the texts that `toString` and `toUTCString` of a date give.

/// The weekday's name, which says nothing that the date doesn't.
const WEEKDAYS: &[u8] = b"SunMonTueWedThuFriSat";
const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
/// Days of a year before each month, in a year that begins in March.
const DAYS_BEFORE: [i64; 12] = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];

/// Milliseconds since 1970 for `Thu Jan 01 1970 00:00:00 GMT+0000` or
/// `Thu, 01 Jan 1970 00:00:00 GMT`.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let mut rest = Rest(text);
    rest.name(WEEKDAYS)?;
    let is_utc = rest.text(b",").is_some();
    rest.text(b" ")?;
    let (month, day) = if is_utc {
        let day = rest.number(2, 2)?;
        rest.text(b" ")?;
        (rest.name(MONTHS)?, day)
    } else {
        let month = rest.name(MONTHS)?;
        rest.text(b" ")?;
        (month, rest.number(2, 2)?)
    };
    rest.text(b" ")?;
    let year = match rest.sign() {
        Some(sign) => sign * rest.number(4, 6)?,
        None => rest.number(4, 4)?,
    };
    if day < 1 || day > days_of_month(year, month) {
        return None;
    }
    rest.text(b" ")?;
    let hour = rest.number(2, 2)?;
    rest.text(b":")?;
    let minute = rest.number(2, 2)?;
    rest.text(b":")?;
    let second = rest.number(2, 2)?;
    rest.text(b" GMT")?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset_minutes = if is_utc { 0 } else { rest.offset_minutes()? };
    if !rest.0.is_empty() {
        return None;
    }
    let minutes = (days(year, month) + day - 1) * 1_440 + hour * 60 + minute - offset_minutes;
    Some((minutes * 60 + second) * 1_000)
}

fn days_of_month(year: i64, month: usize) -> i64 {
    match month {
        1 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the first of a month.
fn days(year: i64, month: usize) -> i64 {
    let year = if month < 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + DAYS_BEFORE[month] - 719_468
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn text(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// Which of the names of three letters comes next.
    fn name(&mut self, names: &[u8]) -> Option<usize> {
        let (name, rest) = self.0.split_at_checked(3)?;
        self.0 = rest;
        names.chunks_exact(3).position(|other| other == name)
    }

    fn sign(&mut self) -> Option<i64> {
        let sign = match self.0.first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        Some(sign)
    }

    /// A number of at least and at most so many digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit());
        let length = digits.count();
        if length < least {
            return None;
        }
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    fn offset_minutes(&mut self) -> Option<i64> {
        let sign = self.sign()?;
        let hours = self.number(2, 2)?;
        let minutes = self.number(2, 2)?;
        (hours <= 25 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}
