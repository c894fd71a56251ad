package io.holdfast.localsite.adapter.http;

import io.holdfast.localsite.part.Part;

/** Where a request goes. */
sealed interface Target {
    /** To a service, under this raw path. */
    record Service(Part part, String rawPath) implements Target {}

    /** A short page of what is where. */
    record Index() implements Target {}

    /** The site's state as JSON. */
    record Status() implements Target {}

    /** An action on one part, given by name as it came. */
    record Control(String part, String action) implements Target {}

    /** Nowhere, and why. */
    record Refused(int status, String code, String detail) implements Target {}
}
