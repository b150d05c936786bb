{#- Two-sided 5 % critical value of a t statistic with a Newey-West variance, where b is
    (lag + 1) / days: the cubic of Kiefer and Vogelsang (Econometric Theory 21, 2005, table 1, Bartlett
    kernel). The normal distribution's 1.96 holds for b near zero alone. -#}
{% macro fixed_b_critical_value(b) -%}
    ({{ polynomial(['-0.5324', '0.4160', '2.9694', '1.9600'], b) }})
{%- endmacro %}
