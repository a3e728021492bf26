// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	applyv1 "k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

var bad bool // objects may be invalid

func strmap(keys []string) M {
	m := M{}
	for _, k := range keys {
		if chance(2) {
			m[k] = pick("1", "2", "3")
		}
	}
	return m
}
func put(m M, k string, v interface{}) {
	switch t := v.(type) {
	case M:
		if len(t) == 0 && !chance(6) {
			return
		}
	case L:
		if len(t) == 0 && !chance(6) {
			return
		}
	}
	m[k] = v
}

func container(name string) M {
	c := M{"name": name}
	if chance(2) {
		c["image"] = pick("i:1", "i:2")
	}
	if chance(3) {
		c["args"] = L{pick("a", "b"), "c"}
	}
	if chance(2) {
		var l L
		for _, p := range []int64{80, 443} {
			if chance(2) {
				e := M{"containerPort": p}
				if chance(2) {
					e["protocol"] = pick("TCP", "UDP")
				}
				if chance(3) {
					e["name"] = pick("x", "y")
				}
				l = append(l, e)
			}
		}
		put(c, "ports", shuffle(l))
	}
	if chance(2) {
		var l L
		for _, n := range []string{"E1", "E2", "E3"} {
			if chance(2) {
				l = append(l, M{"name": n, "value": pick("1", "2")})
			}
		}
		put(c, "env", shuffle(l))
	}
	if chance(4) {
		c["resources"] = M{"limits": M{"cpu": pick("1", "2")}}
	}
	if chance(4) {
		c["securityContext"] = M{"runAsUser": pick(int64(1), int64(2)), "capabilities": M{"add": L{"A"}}}
	}
	return c
}

func deployment() M {
	o := M{"apiVersion": "apps/v1", "kind": "Deployment"}
	meta := M{"name": "d", "namespace": "n"}
	put(meta, "labels", strmap([]string{"a", "b", "c"}))
	put(meta, "annotations", strmap([]string{"x", "y"}))
	if chance(3) {
		l := L{}
		for _, f := range []string{"f/1", "f/2", "f/3"} {
			if chance(2) {
				l = append(l, f)
			}
		}
		put(meta, "finalizers", shuffle(l))
	}
	if chance(4) {
		l := L{}
		for _, u := range []string{"u1", "u2"} {
			if chance(2) {
				l = append(l, M{"apiVersion": "v1", "kind": "K", "name": pick("n1", "n2"), "uid": u})
			}
		}
		put(meta, "ownerReferences", l)
	}
	o["metadata"] = meta
	sp := M{}
	if chance(2) {
		sp["replicas"] = int64(r.Intn(3))
	}
	{
		sp["selector"] = M{"matchLabels": strmap([]string{"a", "b"})}
	}
	if chance(3) {
		sp["strategy"] = M{"type": pick("Recreate", "RollingUpdate")}
		if chance(2) {
			sp["strategy"].(M)["rollingUpdate"] = M{"maxSurge": pick(int64(1), "25%")}
		}
	}
	ps := M{}
	var l L
	for _, n := range []string{"x", "y", "z"} {
		if n == "x" || chance(2) {
			l = append(l, container(n))
		}
	}
	put(ps, "containers", shuffle(l))
	if chance(3) {
		put(ps, "nodeSelector", strmap([]string{"a", "b"}))
	}
	if chance(3) {
		ps["tolerations"] = L{M{"key": pick("a", "b")}}
	}
	if chance(3) {
		var v L
		for _, n := range []string{"v", "w"} {
			if chance(2) {
				e := M{"name": n}
				if chance(2) {
					e["emptyDir"] = M{}
				} else {
					e["configMap"] = M{"name": pick("c", "d")}
				}
				v = append(v, e)
			}
		}
		put(ps, "volumes", shuffle(v))
	}
	t := M{}
	if len(ps) > 0 {
		t["spec"] = ps
	}
	if chance(2) {
		t["metadata"] = M{"labels": strmap([]string{"a", "b"})}
	}
	if len(t) > 0 {
		sp["template"] = t
	}
	if len(sp) > 0 || chance(3) {
		o["spec"] = sp
	}
	return o
}

func custom() M {
	o := M{"apiVersion": "t.example/v1", "kind": "Thing"}
	meta := M{"name": "d", "namespace": "n"}
	put(meta, "labels", strmap([]string{"a", "b", "c"}))
	if chance(3) {
		put(meta, "finalizers", shuffle(L{"f/1", "f/2"}))
	}
	o["metadata"] = meta
	sp := M{}
	if chance(2) {
		sp["n"] = int64(r.Intn(3))
	}
	if chance(2) {
		sp["f"] = pick(1.5, int64(1), 2.25)
	}
	if chance(2) {
		sp["s"] = pick("1", "2")
	}
	if chance(3) {
		put(sp, "map", strmap([]string{"a", "b", "c"}))
	}
	if chance(3) {
		put(sp, "atomic", strmap([]string{"a", "b", "c"}))
	}
	if chance(3) {
		put(sp, "any", M{"k": pick("a", int64(1), true, M{"z": "1"}, M{"z": "2", "y": L{"1"}}, L{"1", "2"})})
	}
	if chance(3) {
		sp["ios"] = pick(int64(1), "1", int64(2))
	}
	if chance(3) {
		put(sp, "set", shuffle(L{"a", "b", "c"}[:r.Intn(4)]))
	}
	if chance(3) {
		put(sp, "nums", shuffle(L{int64(3), int64(1), int64(2)}[:r.Intn(4)]))
	}
	if chance(3) {
		put(sp, "list", L{"a", pick("b", "c")})
	}
	if chance(2) {
		var l L
		for _, n := range []string{"x", "y", "z"} {
			if chance(2) {
				e := M{"id": n}
				if chance(2) {
					e["zone"] = pick("1", "2")
				}
				if chance(2) {
					e["v"] = pick("p", "q")
				}
				if chance(3) {
					put(e, "sub", strmap([]string{"a", "b"}))
				}
				l = append(l, e)
			}
		}
		put(sp, "keyed", shuffle(l))
	}
	if bad && chance(20) {
		sp["unknown"] = "x"
	}
	if bad && chance(20) {
		sp["n"] = "x"
	}
	if bad && chance(30) {
		sp["keyed"] = L{M{"id": "x"}, M{"id": "x"}}
	}
	if len(sp) > 0 || chance(3) {
		o["spec"] = sp
	}
	if chance(4) {
		o["status"] = M{"x": pick("1", "2")}
	}
	return o
}

const thingSchema = `{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"},
"spec":{"type":"object","properties":{"n":{"type":"integer"},"f":{"type":"number"},"s":{"type":"string"},"map":{"type":"object","additionalProperties":{"type":"string"}},
"atomic":{"type":"object","additionalProperties":{"type":"string"},"x-kubernetes-map-type":"atomic"},
"any":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
"ios":{"x-kubernetes-int-or-string":true},
"set":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"},
"nums":{"type":"array","items":{"type":"integer"},"x-kubernetes-list-type":"set"},
"list":{"type":"array","items":{"type":"string"}},
"keyed":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id","zone"],"items":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"zone":{"type":"string","default":"1"},"v":{"type":"string"},"sub":{"type":"object","additionalProperties":{"type":"string"}}}}}
}},"status":{"type":"object","properties":{"x":{"type":"string"}}}},
"x-kubernetes-group-version-kind":[{"group":"t.example","version":"v1","kind":"Thing"}]}`

const metaSchema = `{"type":"object","properties":{"annotations":{"type":"object","additionalProperties":{"type":"string"}},"labels":{"type":"object","additionalProperties":{"type":"string"}},"name":{"type":"string"},"namespace":{"type":"string"},"uid":{"type":"string"},"creationTimestamp":{"type":"string"},"resourceVersion":{"type":"string"},
"finalizers":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"},
"ownerReferences":{"type":"array","items":{"type":"object","x-kubernetes-map-type":"atomic","properties":{"uid":{"type":"string"},"name":{"type":"string"},"kind":{"type":"string"},"apiVersion":{"type":"string"}}},"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["uid"]},
"managedFields":{"type":"array","items":{"type":"object","properties":{"manager":{"type":"string"},"operation":{"type":"string"},"apiVersion":{"type":"string"},"time":{"type":"string"},"fieldsType":{"type":"string"},"fieldsV1":{"type":"object"},"subresource":{"type":"string"}}},"x-kubernetes-list-type":"atomic"}}}`

type conv struct{}

func (conv) Convert(in, out, context interface{}) error { return errors.New("not used") }
func (conv) ConvertToVersion(in runtime.Object, gv runtime.GroupVersioner) (runtime.Object, error) {
	if d, ok := in.(*appsv1.Deployment); ok && d.Kind == "" {
		d = d.DeepCopy()
		d.SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("Deployment"))
		return d, nil
	}
	return in, nil
}

func (conv) ConvertFieldLabel(gvk schema.GroupVersionKind, l, v string) (string, string, error) {
	return l, v, nil
}

type def struct{}

func (def) Default(in runtime.Object) {}

type ucreate struct{}

func (ucreate) New(k schema.GroupVersionKind) (runtime.Object, error) {
	u := &unstructured.Unstructured{Object: M{}}
	u.SetGroupVersionKind(k)
	return u, nil
}

// One object: eight random writes in a row, each from the state that the last one left.
func applies(n int) {
	tgvk := schema.GroupVersionKind{Group: "t.example", Version: "v1", Kind: "Thing"}
	dgvk := appsv1.SchemeGroupVersion.WithKind("Deployment")
	models := map[string]*spec.Schema{}
	for k, v := range map[string]string{"thing": thingSchema, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": metaSchema} {
		s := &spec.Schema{}
		must(json.Unmarshal([]byte(v), s))
		models[k] = s
	}
	ttc, err := managedfields.NewTypeConverter(models, false)
	must(err)
	dtc := applyv1.NewTypeConverter(scheme.Scheme)
	tf, err := managedfields.NewDefaultCRDFieldManager(ttc, conv{}, def{}, ucreate{}, tgvk, tgvk.GroupVersion(), "", nil)
	must(err)
	df, err := managedfields.NewDefaultFieldManager(dtc, conv{}, def{}, scheme.Scheme, dgvk, dgvk.GroupVersion(), "", nil)
	must(err)
	managers := []string{"a", "b", "c", "kubectl"}
	for i := 0; i < n; i++ {
		isThing := chance(2)
		var live runtime.Object
		gen := deployment
		if isThing {
			gen = custom
		}
		for step := 0; step < 8; step++ {
			created := live == nil
			var base runtime.Object
			if isThing {
				if created {
					base, _ = ucreate{}.New(tgvk)
				} else {
					base = live.DeepCopyObject()
				}
			} else {
				if created {
					base, _ = scheme.Scheme.New(dgvk)
					base.GetObjectKind().SetGroupVersionKind(dgvk)
				} else {
					base = live.DeepCopyObject()
				}
			}
			isUpdate := chance(2) || (step == 0 && chance(2))
			bad = !isUpdate
			gb, _ := json.Marshal(gen())
			gu := &unstructured.Unstructured{}
			must(gu.UnmarshalJSON(gb))
			g := gu.Object
			line := M{"t": time.Now().UTC().Format(time.RFC3339), "thing": isThing, "manager": managers[r.Intn(len(managers))]}
			if !created {
				line["live"] = live.DeepCopyObject()
			}
			fm := df
			if isThing {
				fm = tf
			}
			var out runtime.Object
			var ferr error
			if isUpdate {
				line["op"] = "update"
				var now runtime.Object
				if isThing {
					now = &unstructured.Unstructured{Object: g}
				} else {
					d := &appsv1.Deployment{}
					b, _ := json.Marshal(g)
					must(json.Unmarshal(b, d))
					now = d
				}
				acc := now.(metav1.Object)
				if !created {
					acc.SetUID("uid")
					la := live.(metav1.Object)
					switch r.Intn(6) {
					case 0:
						acc.SetManagedFields(la.GetManagedFields())
					case 1:
						acc.SetManagedFields([]metav1.ManagedFieldsEntry{{}})
						if chance(2) {
							acc.SetManagedFields(la.GetManagedFields())
						}
					}
				}
				line["now"] = now.DeepCopyObject()
				out, ferr = fm.Update(base, now, line["manager"].(string))
			} else {
				line["op"] = "apply"
				force := chance(2)
				line["force"] = force
				line["config"] = g
				u := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(g)}
				out, ferr = fm.Apply(base, u, line["manager"].(string), force)
			}
			if ferr != nil {
				line["error"] = ferr.Error()
			} else {
				if !isThing {
					// through JSON, to be typed
					b, _ := json.Marshal(out)
					d := &appsv1.Deployment{}
					must(json.Unmarshal(b, d))
					out = d
				}
				out.(metav1.Object).SetUID("uid")
				line["want"] = out
			}
			emit(line)
			if ferr == nil {
				live = out
			}
		}
	}
}
