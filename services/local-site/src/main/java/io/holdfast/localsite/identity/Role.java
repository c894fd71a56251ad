package io.holdfast.localsite.identity;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What the bearer of a token may do; each role includes the ones before it (docs/rest-api.md). */
public enum Role {
    VIEWER,
    OPERATOR,
    RECOVERY,
    ADMIN;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The role and the ones it includes, as they stand in the token's {@code groups}. */
    public List<String> groups() {
        return Arrays.stream(values())
                .filter(role -> role.compareTo(this) <= 0)
                .map(Role::text)
                .toList();
    }

    /**
     * @throws HoldfastException {@code LOCAL_SITE_OPTION_INVALID} for any other text
     */
    public static Role parse(String text) {
        return Arrays.stream(values())
                .filter(role -> role.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        LocalSiteError.LOCAL_SITE_OPTION_INVALID,
                        "There is no role '%s'; the roles are viewer, operator, recovery and admin.".formatted(text)));
    }
}
