//! `VTable` implementations for [`GrowingString`].
use crate::iter::CodePointsIter;
use crate::vtable::{JsStringVTable, Methods};
use crate::{JsStr, JsStrVariant, JsString, JsStringKind};
use std::cell::Cell;
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::process::abort;
use std::ptr::{self, NonNull};
use std::rc::Rc;

/// Code units of which a string is worth a buffer.
const LENGTH_MIN: usize = 256;
/// A string that is that many times as long as what comes behind it is thought to grow on.
const GROWTH_MIN: usize = 4;

/// The beginning of a buffer that has room for more.
///
/// Whoever has all that is written in the buffer writes more of it behind, and gets another string
/// with the same buffer. A string never sees what is behind its own end, so that it is immutable.
#[repr(C)]
pub(crate) struct GrowingString {
    /// Embedded `VTable` - must be the first field for vtable dispatch.
    vtable: JsStringVTable,
    refcount: Cell<usize>,
    buffer: Rc<Buffer>,
}

/// What a string begins with that counts its owners, but for one that is a part of another.
#[repr(C)]
struct Counted {
    vtable: JsStringVTable,
    refcount: Cell<usize>,
}

/// Room for code units, all of one width.
struct Buffer {
    /// The allocation, of a `Vec<u16>` without elements.
    start: NonNull<u16>,
    /// What the allocation has room for, in `u16`.
    allocated: usize,
    /// Code units that there is room for.
    capacity: usize,
    /// Code units that are written.
    used: Cell<usize>,
    /// Whether a code unit has two bytes, not one.
    is_wide: bool,
    /// The place of a string that is no more, for the next one with this buffer.
    spare: Cell<Option<NonNull<MaybeUninit<GrowingString>>>>,
}

impl Buffer {
    fn new(capacity: usize, is_wide: bool) -> Self {
        let allocated = if is_wide { capacity } else { capacity.div_ceil(2) };
        let mut units = ManuallyDrop::new(Vec::<u16>::with_capacity(allocated));
        Self {
            // SAFETY: a vector's pointer is never null.
            start: unsafe { NonNull::new_unchecked(units.as_mut_ptr()) },
            allocated: units.capacity(),
            capacity,
            used: Cell::new(0),
            is_wide,
            spare: Cell::new(None),
        }
    }

    /// Writes a string behind what there is.
    ///
    /// # Safety
    /// There is room for it, and it is no wider than the buffer.
    unsafe fn write(&self, string: &JsString) {
        let used = self.used.get();
        let start = self.start.as_ptr();
        // SAFETY: the caller says that there is room behind `used`. No slice of the buffer reaches
        // behind `used`, so that nothing that is read, `string` included, is written here.
        unsafe {
            match string.variant() {
                JsStrVariant::Latin1(units) if !self.is_wide => {
                    let end = start.cast::<u8>().add(used);
                    ptr::copy_nonoverlapping(units.as_ptr(), end, units.len());
                }
                JsStrVariant::Latin1(units) => {
                    for (index, unit) in units.iter().enumerate() {
                        start.add(used + index).write(u16::from(*unit));
                    }
                }
                JsStrVariant::Utf16(units) => {
                    ptr::copy_nonoverlapping(units.as_ptr(), start.add(used), units.len());
                }
            }
        }
        self.used.set(used + string.len());
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.take() {
            // SAFETY: `growing_drop` took it from a box.
            drop(unsafe { Box::from_raw(spare.as_ptr()) });
        }
        // SAFETY: these are the parts of the vector that `new` took apart.
        drop(unsafe { Vec::from_raw_parts(self.start.as_ptr(), 0, self.allocated) });
    }
}

static METHODS: Methods = Methods {
    clone: growing_clone,
    drop: growing_drop,
    as_str: growing_as_str,
    code_points: growing_code_points,
    refcount: growing_refcount,
    hash: |this| growing_as_str(this).hash32(),
    kind: JsStringKind::Growing,
};

impl GrowingString {
    /// All that is written in a buffer.
    fn whole(buffer: Rc<Buffer>) -> JsString {
        let place = buffer.spare.take().unwrap_or_else(|| NonNull::from(Box::leak(Box::new_uninit())));
        let string = Self {
            vtable: JsStringVTable {
                methods: &METHODS,
                len: buffer.used.get(),
            },
            refcount: Cell::new(1),
            buffer,
        };
        // SAFETY: nobody else has the place, and the first field is the vtable.
        unsafe {
            place.cast::<Self>().write(string);
            JsString::from_ptr(place.cast())
        }
    }

    /// Writes more of this length behind a string, where there is room.
    pub(crate) fn append(first: &JsString, more: &[JsString], length: usize) -> Option<JsString> {
        if first.kind() != JsStringKind::Growing {
            return None;
        }
        // SAFETY: the kind says so.
        let buffer = unsafe { &first.as_inner::<Self>().buffer };
        if first.len() != buffer.used.get() || length > buffer.capacity - first.len() {
            return None;
        }
        if let [only] = more
            && let JsStrVariant::Latin1([unit]) = only.variant()
            && !buffer.is_wide
        {
            // SAFETY: there is room for it. Blocks are copied in no less than 30 steps.
            unsafe { buffer.start.as_ptr().cast::<u8>().add(first.len()).write(*unit) };
            buffer.used.set(first.len() + 1);
            return Some(Self::whole(Rc::clone(buffer)));
        }
        if !buffer.is_wide {
            for string in more {
                if !string.as_str().is_latin1() {
                    return None;
                }
            }
        }
        for string in more {
            // SAFETY: there is room for all of them, and none is wider than the buffer.
            unsafe { buffer.write(string) };
        }
        Some(Self::whole(Rc::clone(buffer)))
    }

    /// Whether a concatenation gets a buffer of its own: where little comes behind much.
    pub(crate) fn is_worth_it(first: &JsString, more: usize) -> bool {
        first.len() >= LENGTH_MIN && more * GROWTH_MIN <= first.len()
    }

    /// Writes strings of this length together into a new buffer, with room for half as much again.
    pub(crate) fn new(strings: &[JsString], length: usize) -> JsString {
        let is_wide = strings.iter().any(|string| !string.as_str().is_latin1());
        let buffer = Buffer::new(length + length / 2, is_wide);
        for string in strings {
            // SAFETY: `length` is that of all strings, and the width is that of the widest.
            unsafe { buffer.write(string) };
        }
        Self::whole(Rc::new(buffer))
    }
}

impl JsString {
    /// Counts one more owner, as a clone that is forgotten.
    #[inline(always)]
    pub fn share(&self) {
        match self.kind() {
            JsStringKind::Static => {}
            JsStringKind::Slice => mem::forget(self.clone()),
            JsStringKind::Latin1Sequence | JsStringKind::Utf16Sequence | JsStringKind::Growing => {
                // SAFETY: these begin so.
                let refcount = unsafe { &self.as_inner::<Counted>().refcount };
                // Owners that are no longer counted would not fit into memory.
                refcount.set(refcount.get() + 1);
            }
        }
    }

    /// Takes an owner away, as `drop` would.
    ///
    /// # Safety
    /// Who calls forgets the string.
    #[inline(always)]
    pub unsafe fn unshare(&self) {
        match self.kind() {
            JsStringKind::Static => return,
            JsStringKind::Slice => {}
            JsStringKind::Latin1Sequence | JsStringKind::Utf16Sequence | JsStringKind::Growing => {
                // SAFETY: these begin so.
                let refcount = unsafe { &self.as_inner::<Counted>().refcount };
                let owners = refcount.get();
                if owners > 1 {
                    refcount.set(owners - 1);
                    return;
                }
            }
        }
        (self.vtable().drop)(self.ptr);
    }
}

fn growing_clone(vtable: NonNull<JsStringVTable>) -> JsString {
    // SAFETY: This is part of the correct vtable which is validated on construction.
    let this: &GrowingString = unsafe { vtable.cast().as_ref() };
    let Some(strong) = this.refcount.get().checked_add(1) else {
        abort();
    };
    this.refcount.set(strong);
    // SAFETY: validated the string outside this function.
    unsafe { JsString::from_ptr(vtable) }
}

fn growing_drop(vtable: NonNull<JsStringVTable>) {
    // SAFETY: This is part of the correct vtable which is validated on construction.
    let this: &GrowingString = unsafe { vtable.cast().as_ref() };
    let Some(new) = this.refcount.get().checked_sub(1) else {
        abort();
    };
    this.refcount.set(new);
    if new != 0 {
        return;
    }
    // SAFETY: This is the last reference, so that the buffer is moved out of it; `whole` had the place
    // from a box.
    unsafe {
        let buffer = ptr::read(&raw const this.buffer);
        let place = vtable.cast::<MaybeUninit<GrowingString>>();
        if Rc::strong_count(&buffer) > 1 && buffer.spare.get().is_none() {
            buffer.spare.set(Some(place));
        } else {
            drop(Box::from_raw(place.as_ptr()));
        }
        drop(buffer);
    }
}

fn growing_as_str(vtable: NonNull<JsStringVTable>) -> JsStr<'static> {
    // SAFETY: This is part of the correct vtable which is validated on construction.
    let this: &GrowingString = unsafe { vtable.cast().as_ref() };
    let (start, len) = (this.buffer.start.as_ptr(), this.vtable.len);
    // SAFETY: so many code units are written, of this width, and nobody writes them again.
    unsafe {
        if this.buffer.is_wide {
            JsStr::utf16(std::slice::from_raw_parts(start, len))
        } else {
            JsStr::latin1(std::slice::from_raw_parts(start.cast(), len))
        }
    }
}

fn growing_code_points(vtable: NonNull<JsStringVTable>) -> CodePointsIter<'static> {
    CodePointsIter::new(growing_as_str(vtable))
}

/// `VTable` function for refcount, need to return an `Option<usize>`.
#[allow(clippy::unnecessary_wraps)]
fn growing_refcount(vtable: NonNull<JsStringVTable>) -> Option<usize> {
    // SAFETY: This is part of the correct vtable which is validated on construction.
    let this: &GrowingString = unsafe { vtable.cast().as_ref() };
    Some(this.refcount.get())
}
