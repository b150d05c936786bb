{#- Fails with the labels that are known on their own day or earlier, or whose horizons end out of
    order; and with returns that have no day on which they are known. -#}
{% test labels_end_later(model) %}

select ticker, dt
from {{ model }}
where
    1 = 0
    {% for horizon in var('horizons') | sort -%}
    {% set before = 'dt' if loop.first else 'label_end_dt_' ~ loop.previtem ~ 'd' -%}
    {% set end = 'label_end_dt_' ~ horizon ~ 'd' -%}
    or not coalesce({{ end }} > {{ before }}, {{ end }} is null)
    or ({{ end }} is null and label_ret_{{ horizon }}d is not null)
    {% endfor %}

{% endtest %}
