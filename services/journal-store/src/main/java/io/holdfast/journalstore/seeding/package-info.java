/** Seeding: a replica begins with an older copy of its volume instead of zeroes (F12, F39). */
package io.holdfast.journalstore.seeding;
