// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

func patchMap(keys []string, p bool) M {
	m := M{}
	for _, k := range keys {
		if chance(2) {
			m[k] = pick("1", "2", "3")
			if p && chance(4) {
				m[k] = nil
			}
		}
	}
	return m
}

func dir(m M, p bool) M {
	if p && chance(12) {
		m["$patch"] = pick("replace", "delete", "merge", "nonsense")
	}
	return m
}
func keyed(names []interface{}, key string, fill func(M), p bool) (L, L) {
	var l, order L
	for _, n := range names {
		if chance(2) {
			m := M{key: n}
			if p && chance(6) {
				m["$patch"] = pick("delete", "delete", "replace")
			} else {
				fill(m)
			}
			if p && chance(60) {
				delete(m, key)
			}
			l = append(l, m)
			if m["$patch"] == nil {
				order = append(order, M{key: n})
			}
		} else if p && chance(3) {
			order = append(order, M{key: n})
		}
	}
	if chance(2) {
		shuffle(l)
	}
	return l, order
}
func putlist(m M, key string, l, order L, p bool) {
	if len(l) > 0 || chance(5) {
		if l == nil {
			l = L{}
		}
		m[key] = l
	}
	if p && chance(3) {
		if order == nil {
			order = L{}
		}
		if chance(3) {
			shuffle(order)
		}
		m["$setElementOrder/"+key] = order
	}
	if p && chance(10) {
		m[key] = nil
	}
}

func object(p bool) M {
	meta := M{"name": "d"}
	if chance(2) {
		meta["labels"] = dir(patchMap([]string{"a", "b", "c"}, p), p)
	}
	if chance(2) {
		fs := shuffle(L{"f1", "f2", "f3", "f4"})[:r.Intn(4)]
		var o L
		for _, f := range fs {
			o = append(o, f)
		}
		if p && chance(3) {
			o = append(o, "f9")
		}
		putlist(meta, "finalizers", fs, o, p)
		if p && chance(3) {
			meta["$deleteFromPrimitiveList/finalizers"] = shuffle(L{"f1", "f2", "f3"})[:r.Intn(3)]
		}
	}
	sp := M{}
	if chance(2) {
		sp["replicas"] = int64(r.Intn(3))
	}
	if p && chance(8) {
		sp["replicas"] = nil
	}
	if chance(3) {
		st := M{"type": pick("Recreate", "RollingUpdate")}
		if chance(2) {
			st["rollingUpdate"] = dir(M{"maxSurge": pick(int64(1), "25%")}, p)
		}
		if p && chance(2) {
			st["$retainKeys"] = L{"type"}
			if chance(2) {
				st["$retainKeys"] = L{"type", "rollingUpdate"}
			}
		}
		sp["strategy"] = st
	}
	ps := M{}
	cs, order := keyed([]interface{}{"x", "y", "z"}, "name", func(m M) {
		if chance(2) {
			m["image"] = pick("i:1", "i:2")
		}
		if chance(3) {
			m["args"] = L{pick("a", "b"), "c"}
		}
		if chance(2) {
			l, o := keyed([]interface{}{int64(80), int64(443), int64(8080)}, "containerPort", func(m M) {
				if chance(2) {
					m["name"] = pick("n", "m")
				}
			}, p)
			putlist(m, "ports", l, o, p)
		}
		if chance(2) {
			l, o := keyed([]interface{}{"E1", "E2", "E3"}, "name", func(m M) { m["value"] = pick("1", "2") }, p)
			putlist(m, "env", l, o, p)
		}
		if chance(3) {
			m["resources"] = dir(M{"limits": dir(patchMap([]string{"cpu", "memory"}, p), p)}, p)
		}
	}, p)
	putlist(ps, "containers", cs, order, p)
	if chance(2) {
		vs, order := keyed([]interface{}{"v", "w"}, "name", func(m M) {
			if chance(2) {
				m["emptyDir"] = M{}
				if p && chance(2) {
					m["$retainKeys"] = L{"name", "emptyDir"}
				}
			} else {
				m["configMap"] = M{"name": pick("c", "d")}
				if p && chance(2) {
					m["$retainKeys"] = L{"name", "configMap"}
				}
			}
		}, p)
		putlist(ps, "volumes", vs, order, p)
	}
	if chance(3) {
		ps["tolerations"] = L{M{"key": pick("a", "b")}}
	}
	if chance(3) {
		ps["nodeSelector"] = dir(patchMap([]string{"a", "b"}, p), p)
	}
	t := M{"spec": dir(ps, p)}
	sp["template"] = t
	return M{"metadata": meta, "spec": dir(sp, p)}
}

func patches(n int) {
	for i := 0; i < n; i++ {
		o, p := object(false), object(true)
		ob, _ := json.Marshal(o)
		pb, _ := json.Marshal(p)
		out, err := strategicpatch.StrategicMergePatch(ob, pb, &appsv1.Deployment{})
		line := M{"o": json.RawMessage(ob), "p": json.RawMessage(pb)}
		if err != nil {
			line["error"] = err.Error()
		} else {
			line["want"] = json.RawMessage(out)
		}
		emit(line)
	}
	// diffs made by the creator: what kubectl sends
	for i := 0; i < n; i++ {
		a, b := object(false), object(false)
		ab, _ := json.Marshal(a)
		bb, _ := json.Marshal(b)
		pb, err := strategicpatch.CreateTwoWayMergePatch(ab, bb, &appsv1.Deployment{})
		if err != nil {
			continue
		}
		c := ab
		if chance(2) {
			c, _ = json.Marshal(object(false))
		}
		out, err := strategicpatch.StrategicMergePatch(c, pb, &appsv1.Deployment{})
		line := M{"o": json.RawMessage(c), "p": json.RawMessage(pb)}
		if err != nil {
			line["error"] = err.Error()
		} else {
			line["want"] = json.RawMessage(out)
		}
		emit(line)
	}
}
