package io.holdfast.inventory.adapter.https;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** Shows this site's certificate, whoever asks: a site has one. */
final class SiteKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "site";

    private final Supplier<SiteFiles.Loaded> files;

    SiteKey(Supplier<SiteFiles.Loaded> files) {
        this.files = files;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return files.get().chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return files.get().key();
    }

    @Override
    public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        return ofType(keyTypes);
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        return ofType(keyType);
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return ofType(keyTypes);
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return ofType(keyType);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return new String[] {ALIAS};
    }

    /** JSSE asks for one kind of key after the other until it gets an alias. */
    private String ofType(String... keyTypes) {
        String own = files.get().key().getAlgorithm();
        for (String type : keyTypes) {
            if (type.equals(own) || type.startsWith(own + "_")) {
                return ALIAS;
            }
        }
        return null;
    }
}
