//! S03: code that runs while a value is copied: getters, methods of the value, a proxy's traps.
//!
//! The attacker's method has returned by then, and nobody expects it to act any more.

use crate::defence::defended_by;
use crate::scene::{EVIL, VICTIM, asked, line, seen, stage};
use conclave_tests::World;
use serde_json::{Value, json};

/// A victim that takes a quote of the attacker's, and remembers what it was told.
const BANK_CODE: &str = "export function visit() {
  const told = soft(() => call(evil, 'quote'))
  storage.set('told', told)
  return told
}";

/// Lets the victim ask for a quote, which must be refused, without a step of the attacker's code.
fn refused(world: &mut dyn World, quote: &str) {
    let evil = format!(
        "const ran = () => {{ throw new Error('the trap ran') }}\nexport const quote = () => {{ {quote} }}"
    );
    stage(world, BANK_CODE, &evil);
    assert_eq!(
        asked(world, VICTIM, "visit", Value::Null),
        json!("E_BAD_VALUE")
    );
    assert_eq!(seen(world, VICTIM, "told"), json!("E_BAD_VALUE"));
}

/// A price is computed when it is looked at, after the method that promised it has ended.
#[test]
fn s03_a_getter_does_not_run_while_a_result_is_copied() {
    defended_by(&[line(
        "engine/src/copy.rs",
        "let value = property.value().ok_or_else(|| bad(\"a getter\"))?;",
        "let value = &object.get(key.clone(), self.context).map_err(|_| bad(\"a getter\"))?;",
    )])
    .against(|world: &mut dyn World| {
        refused(
            world,
            "return { gold: 1, get price() { storage.set('late', 1); return 2 } }",
        );
        assert_eq!(seen(world, EVIL, "late"), Value::Null);
    });
}

/// An array loses its elements while they are copied, one by one.
#[test]
fn s03_an_array_does_not_change_while_it_is_copied() {
    defended_by(&[line(
        "engine/src/copy.rs",
        "let item = property.value().ok_or_else(|| bad(\"a getter\"))?;",
        "let item = &match property.value() {
                        Some(item) => item.clone(),
                        None => object.get(index, self.context).map_err(|_| bad(\"a getter\"))?,
                    };",
    )])
    .against(|world: &mut dyn World| {
        refused(
            world,
            "const prices = [1, 2, 3, 4]
Object.defineProperty(prices, 1, { get() { prices.length = 2; storage.set('late', 1); return 9 } })
return prices",
        );
        assert_eq!(seen(world, EVIL, "late"), Value::Null);
    });
}

/// A proxy is told of every step of the copying, and answers each differently.
#[test]
fn s03_a_proxy_is_not_asked_for_what_it_has() {
    defended_by(&[line(
        "engine/src/copy.rs",
        "if object.is_ordinary() {",
        "if true {",
    )])
    .against(|world: &mut dyn World| {
        let traps = "let steps = 0
const step = () => { steps++; storage.set('steps', steps) }
const lie = () => new Proxy({ price: 1 }, {
  get() { step(); return steps },
  has() { step(); return true },
  ownKeys() { step(); return ['price'] },
  getOwnPropertyDescriptor() { step(); return { value: steps, enumerable: true, configurable: true } },
  getPrototypeOf() { step(); return null },
})
export const quote = lie
export function rob() { soft(() => call(victim, 'take', lie())); soft(() => storage.set('k', lie())); return steps }";
        let victim = format!("{BANK_CODE}\nexport const take = args => storage.set('took', args)");
        stage(world, &victim, traps);
        assert_eq!(asked(world, VICTIM, "visit", Value::Null), json!("E_BAD_VALUE"));
        assert_eq!(asked(world, EVIL, "rob", Value::Null), json!(0));
        assert_eq!(seen(world, EVIL, "steps"), Value::Null);
        assert_eq!(seen(world, VICTIM, "took"), Value::Null);
    });
}

/// A date is one thing to who checks it and another to who stores it: its own method says which.
#[test]
fn s03_a_dates_own_methods_do_not_say_what_it_is() {
    defended_by(&[line(
        "engine/src/copy.rs",
        "let ms = date.get_time(self.context).map_err(|_| bad(\"this date\"))?;",
        "let ms = object.get(js_string!(\"getTime\"), self.context).ok();
            let ms = ms.and_then(|it| it.as_callable()?.call(&object.clone().into(), &[], self.context).ok());
            let (ms, _) = (ms.ok_or_else(|| bad(\"this date\"))?, date);",
    )])
    .against(|world: &mut dyn World| {
        stage(
            world,
            BANK_CODE,
            "class Late extends Date { getTime() { storage.set('late', 1); return 1e12 } }
export const quote = () => new Late(0)",
        );
        let told = asked(world, VICTIM, "visit", Value::Null);
        assert_eq!(told, json!("1970-01-01T00:00:00.000Z"));
        assert_eq!(seen(world, EVIL, "late"), Value::Null);
    });
}
