// Every command of kubectl, one line each, and the groups in which `kubectl --help` lists them. A new command is a file and a line here.
// Models: kubernetes v1.37 staging/src/k8s.io/kubectl/pkg/cmd/cmd.go
