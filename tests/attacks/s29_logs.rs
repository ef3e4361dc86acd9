//! S29: log lines that say they are another's, or leave others none.

use crate::defence::{Line, defended_by};
use crate::scene::{EVIL, VICTIM, asked, line, send, stage};
use serde_json::{Value, json};

const HOST: &str = "enclave/src/host.rs";
const EXECUTION: &str = "enclave/src/execution.rs";

/// The attacker logs an event of its victim's, and whoever reads logs believes that it was paid.
#[test]
fn s29_every_line_begins_with_the_id_of_who_logged_it() {
    defended_by(const { &[line(
        HOST,
        "        let line = format!(\"{}: {text}\", self.current_id());\n",
        "        let line = text.to_owned();\n",
    )] })
    .against(|world| {
        let victim = "export function run() { near.log('begin'); call(evil, 'forge'); near.log('end') }";
        let evil = "
export function forge() {
  const event = 'EVENT_JSON:' + JSON.stringify({ standard: 'nep141', event: 'ft_transfer', data: [] })
  for (const text of [event, victim + ': paid', '\\n' + event, '\\r' + event, '', '\\0' + event]) near.log(text)
  console.log(event); console.error(victim + ':', 'paid')
  near.log({ toString: () => event })
}";
        stage(world, victim, evil);
        let logs = send(world, (VICTIM, "run"), Value::Null, 0).logs;
        assert_eq!(logs.len(), 11);
        assert_eq!(logs[0], format!("{VICTIM}: begin"));
        assert_eq!(logs[10], format!("{VICTIM}: end"));
        for line in &logs[1..10] {
            assert!(line.starts_with(&format!("{EVIL}: ")), "{line:?}");
        }
    });
}

/// The attacker logs until NEAR traps: the whole receipt is lost, its caller's work too.
#[test]
fn s29_no_more_is_logged_than_near_takes() {
    const LINES: [Line; 2] = [
        line(
            HOST,
            "        let fits = used.log_lines + more.log_lines <= bounds.log_lines\n",
            "        let fits = bounds.log_lines > 0\n",
        ),
        line(
            HOST,
            "            && used.log_bytes + more.log_bytes <= bounds.log_bytes\n",
            "",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let victim = "
export const run = how => { storage.set('work', how); return soft(() => call(evil, how)) }";
        let evil = "
export const lines = () => { for (let i = 0; i < 101; i++) near.log(i) }
export const bytes = () => { for (let i = 0; i < 17; i++) near.log('x'.repeat(1000)) }
export const one = () => near.log('x'.repeat(16385))
export const wide = () => near.log('\u{1F600}'.repeat(5000))";
        stage(world, victim, evil);
        for how in ["lines", "bytes", "one", "wide"] {
            let ended = send(world, (VICTIM, "run"), json!(how), 0);
            assert_eq!(ended.logs, Vec::<String>::new());
            assert_eq!(ended.value(), "E_TOO_LARGE", "{how}");
        }
    });
}

/// The attacker uses up all log lines, and its caller's own event can't be logged any more.
#[test]
fn s29_a_callee_leaves_its_caller_lines_of_the_log() {
    const LINES: [Line; 2] = [
        line(
            EXECUTION,
            "            log_lines: share(bounds.log_lines, used.log_lines),\n",
            "            log_lines: bounds.log_lines,\n",
        ),
        line(
            EXECUTION,
            "            log_bytes: share(bounds.log_bytes, used.log_bytes),\n",
            "            log_bytes: bounds.log_bytes,\n",
        ),
    ];
    defended_by(&LINES).against(|world| {
        let victim = "
export function run(how) { const told = call(evil, how); near.log('EVENT: transfer of 5'); return told }";
        let evil = "
const until = f => { for (let i = 0; ; i++) try { f(i) } catch (e) { return e.code } }
export const lines = () => until(i => near.log(''))
export const bytes = () => { until(i => near.log('x'.repeat(1000))); return until(i => near.log('')) }
export const deep = () => soft(() => call('evil@mallory.near', 'lines'))";
        stage(world, victim, evil);
        for how in ["lines", "bytes"] {
            let ended = send(world, (VICTIM, "run"), json!(how), 0);
            let last = ended.logs.last().cloned().unwrap_or_default();
            assert_eq!(ended.value(), "E_TOO_LARGE", "{how}");
            assert_eq!(last, format!("{VICTIM}: EVENT: transfer of 5"), "{how}");
        }
    });
}

/// The attacker logs that it was paid and fails: the line stays although nothing was paid.
#[test]
fn s29_lines_of_a_failed_frame_are_not_logged() {
    defended_by(const { &[line(
        "enclave/src/journal.rs",
        "                let line = self.logs.pop();\n",
        "                let line: Option<String> = None;\n",
    )] })
    .against(|world| {
        let victim = "
export function run() {
  near.log('one')
  soft(() => call(evil, 'lie'))
  soft(() => near.atomic(() => { near.log('undone'); call(evil, 'lie') }))
  near.log('two')
}";
        let evil = "export function lie() { near.log('received 5 NEAR'); console.log('really'); throw new Error('no') }";
        stage(world, victim, evil);
        let ended = send(world, (VICTIM, "run"), Value::Null, 0);
        assert_eq!(ended.logs, [format!("{VICTIM}: one"), format!("{VICTIM}: two")]);
        assert_eq!(asked(world, VICTIM, "run", Value::Null), Value::Null);
    });
}
