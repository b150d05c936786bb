{#- The k-th smallest (k-th largest with `largest`) of the union of two lists, each sorted with its
    smallest (largest) first: the least over i + j = k of greatest(a_i, b_j). -#}
{% macro kth_smallest(a, b, k, largest=false) -%}
    {%- set inner, outer = ('least', 'greatest') if largest else ('greatest', 'least') -%}
    {%- set terms = [] -%}
    {%- for i in range([0, k - b | length] | max, [k, a | length] | min + 1) -%}
        {%- set pair = a[i - 1:i] + b[k - i - 1:k - i] if i and k - i else a[i - 1:i] if i else b[k - 1:k] -%}
        {%- do terms.append(inner ~ '(' ~ pair | join(', ') ~ ')' if pair | length == 2 else pair[0]) -%}
    {%- endfor -%}
    {{ outer }}({{ terms | join(', ') }})
{%- endmacro %}
