/** The file that `podfront init` writes: valid, with every key and its default, or commented out where it has none. */
export const starterConfig = `# podfront.yaml: which services of the cluster HAProxy on this machine offers.
# Keys are shown with their defaults; keys that are commented out have none. Remove what you do not need. null means: not set.
# Try it:  podfront render --offline    (the file for HAProxy, without asking DNS)
#          podfront resolve             (the answers of cluster DNS)

cluster:
  domain: cluster.local
  # Cluster DNS, by address: "10.0.0.254", "10.0.0.254:53", "[fd00::a]:53", "tcp@10.0.0.254".
  # The default is the first three octets of the first IPv4 service network and .254, as on NixOS.
  nameservers: ["10.0.0.254"]
  serviceNetworks: [10.0.0.0/24] # IPv4, IPv6 or both
  podNetworks: [10.1.0.0/16]
  # For check-networks: the dashboard's ClusterIP, and the networks that exist around this machine.
  # dashboardClusterIP: 10.0.0.250
  # existingNetworks: {office: 192.168.0.0/16}
  # For doctor: host name or address of the API server.
  # master: kubernetes.example.org
  # For lbServicePort: the nodes.
  # nodes: {node1: 192.0.2.11, node2: 192.0.2.12}
  # The Kubernetes API as a source of pods: of any Service, headless or not, and at once.
  # api: {kubeconfig: /etc/podfront/kubeconfig} # also context: NAME; or {inCluster: true}

haproxy:
  output: /etc/haproxy/haproxy.cfg # the file that "podfront watch" manages
  layout: full # full: global, defaults, resolvers and listens; fragment: resolvers and listens only
  with: [] # other files that HAProxy loads; all are checked together
  binary: haproxy
  version: auto # or "2.6": only keywords of that version are used
  reload: {systemd: haproxy.service} # or {master: SOCKET}, {pidfile: FILE}, {command: [PROGRAM, ARGUMENT]}, none
  # socket: /run/haproxy/haproxy.sock
  warnings: allow # or refuse: treat HAProxy's warnings like errors
  # templates: ./templates
  global: "" # lines to add verbatim
  defaults: ""
  stats: 127.0.0.1:8000 # or none
  # Several frontend VMs share their stick tables with peers: {fe1: "192.0.2.21:10000", fe2: "192.0.2.22:10000"}, and localPeer: fe1

# Health, metrics and status of "podfront watch": an address such as 127.0.0.1:9180, the path of a unix socket, or none.
status: none

pace:
  poll: 1s
  settle: {min: 200ms, max: 5s} # quiet time before a change is applied, and the longest wait for it
  reloadEvery: 10s # shortest time between two reloads; the first is immediate
  drain: 1h # with cluster.api: how long connections to a pod that is gone may last
  keepLost: 50% # when more than this share of at least four listens lose all pods within a minute, the last known servers stay; or none

# Services of type LoadBalancer get one of these addresses of this machine, and are served like listens. Needs cluster.api.
# loadBalancer:
#   class: podfront/haproxy # the spec.loadBalancerClass of the Services
#   default: false # true: also Services without a class
#   addresses: ["198.51.100.10", "198.51.100.16/29", "2001:db8::10-2001:db8::1f"]
#   namespaces: [] # empty: all
#   leaseNamespace: kube-system

listen:
  # One entry for each service; its name is the name of the service, unless serviceName is set.
  ingress:
    binds: ["127.0.0.1:8443"] # such as ["198.51.100.2:443", "[2001:db8::1]:443"]; default: 127.0.0.1 and the port
    # Several listens can share an address by host name: hosts: [app.example.org]
    serviceName: ingress
    namespace: default
    # Exactly one of podPort (the pods), servicePort (the ClusterIP), lbServicePort (the nodes).
    # podPort may be the name of a port: SRV records then give its number.
    podPort: 443
    records: auto # auto, wildcard, headless, srv: which DNS records give the pods; endpoints: the Kubernetes API (cluster.api)
    fallbackServicePort: auto # or none, or a port: that of the ClusterIP, the backup when no pod is left. auto: with cluster.api only
    fallbackServiceName: null # with a port above: the Service that has that ClusterIP, where serviceName is headless and has none
    mayBeEmpty: false # true: no pods is no finding
    outside: false # true: use addresses outside podNetworks and serviceNetworks, such as those of an ExternalName
    maxExpectedPods: auto # or a number of server slots
    mode: tcp # or http
    # With mode http and binds: [{address: "198.51.100.2:443", crt: /etc/ssl/app.pem}] also redirectToHttps: true, hsts: 31536000,
    # and basicAuth: {file: /etc/podfront/htpasswd, group: login}
    balance: leastconn
    sslBackend: false # or true, or {verify: required, caFile: /etc/ssl/certs/ca-certificates.crt, sni: app.example.org}
    sendProxy: false # or true, v1, v2
    check: true
    extraPodTemplateOptions: "" # added to each server line
    haproxyExtraConfig: "" # lines added to the listen

  # web:
  #   servicePort: 80

  # mail:
  #   lbServicePort: 30025
`;
